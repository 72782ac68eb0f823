<?php
// Part of the stand-in for WP Fusion: see wp-fusion-lite.php. The browser comes back with a code.

class WPF_Salesforce_Admin {
	private $slug;
	private $crm;

	public function __construct( $slug, $name, $crm ) {
		$this->slug = $slug;
		$this->crm  = $crm;
	}

	public function maybe_oauth_complete() {
		if ( ! isset( $_GET['code'], $_GET['crm'] ) || 'salesforce' !== $_GET['crm'] ) {
			return;
		}
		$form = array(
			'grant_type'    => 'authorization_code',
			'client_id'     => $this->crm->client_id,
			'client_secret' => $this->crm->client_secret,
			'redirect_uri'  => 'https://wpfusion.com/oauth/?action=wpf_get_salesforce_token&redirect',
			'code'          => sanitize_text_field( wp_unslash( $_GET['code'] ) ),
		);
		$url      = apply_filters( 'wpf_salesforce_auth_url', 'https://login.salesforce.com/services/oauth2/token' );
		$response = wp_safe_remote_post( $url, array( 'body' => $form ) );
		$body     = is_wp_error( $response ) ? (object) array( 'error' => $response->get_error_message() ) : json_decode( wp_remote_retrieve_body( $response ) );
		if ( isset( $body->error ) ) {
			wp_fusion()->admin_notices->add_notice( "Error requesting authorization code: $body->error" );
			return false;
		}
		foreach ( array( 'sf_id' => 'id', 'sf_access_token' => 'access_token', 'sf_refresh_token' => 'refresh_token', 'sf_instance_url' => 'instance_url' ) as $option => $field ) {
			wp_fusion()->settings->set( $option, $body->$field );
		}
		wp_fusion()->settings->set( 'crm', $this->slug );
		wp_safe_redirect( admin_url( 'options-general.php?page=wpf-settings#setup' ) );
		exit;
	}
}
